export class Queue {
  private items: string[] = [];

  push(item: string): void {
    this.items.push(item);
  }

  size(): number {
    return this.items.length;
  }

  clear(): void {
    this.
