export class Queue {
  private items: string[] = [];

  push(item: string): void {
    this.items.push(item);
  }

  clear(): void {
    this.items = [];
  }

  first(): string | undefined {
    return this.items[0];
  }

  last(): string | undefined {
    return this.