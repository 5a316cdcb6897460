/** A piece of text of the active editor (or, where a panel is active, of the first editor) as the browser draws it. */
export interface EditorText {
  readonly text: string;
  /** Editor line from 1; without it, the first rendered line that has the text. */
  readonly line?: number;
  /** Which occurrence in that line, from 0. */
  readonly occurrence?: number;
}

/** How a stretch of the active editor is decorated, as the browser computed it. */
export interface Decoration {
  readonly text: string;
  readonly line: number;
  readonly background: string;
  /** `none`, or `underline wavy rgb(…)` and its like. */
  readonly underline: string;
  /** `none`, or width, style and colour of the lower border. */
  readonly border: string;
  readonly outline: string;
}

/**
 * What a suite in the extension host can ask of the page it lives in. The runner does it; a failure (a selector that does
 * not show up in time, 20 s unless said otherwise) rejects with Playwright's own message.
 */
export interface Driver {
  /** Prints a line for people in the runner's terminal. */
  print(line: string): Promise<void>;
  /** Writes `<name>.png` into the screenshots folder, once all that was changed is drawn. */
  screenshot(name: string): Promise<void>;
  /** Evaluates an expression in the workbench's page. */
  evaluate(expression: string): Promise<unknown>;
  /** Leaves a screenshot of what has just failed and prints all that the page shows. */
  showFailure(title: string): Promise<void>;
  /** Waits for a selector to be visible. */
  waitFor(selector: string, timeoutMs?: number): Promise<void>;
  /** Waits until nothing that a selector matches is visible. */
  waitGone(selector: string): Promise<void>;
  /** Inner text of every element that matches, without waiting. */
  texts(selector: string): Promise<readonly string[]>;
  click(selector: string): Promise<void>;
  /** Clicks into the active editor. */
  clickText(at: EditorText): Promise<void>;
  /** Puts the pointer over a text of the active editor and returns the hover's text once it stands still for 300 ms. */
  hover(at: EditorText): Promise<string>;
  /** Clicks a link of the hover that is open. */
  clickInHover(linkText: string): Promise<void>;
  /** Moves the pointer where it hovers over nothing. */
  leave(): Promise<void>;
  /** A key or chord in Playwright's notation: `Control+Shift+P`. */
  press(keys: string): Promise<void>;
  type(text: string): Promise<void>;
  /** Replaces what an input holds, in one go. */
  fill(selector: string, text: string): Promise<void>;
  /** Runs a command by its title, as people do: through the command palette. */
  palette(title: string): Promise<void>;
  /** Texts of the decorated stretches of the active editor. */
  decorations(): Promise<readonly Decoration[]>;
  /** Ghost text of an inline completion, '' where there is none. */
  ghostText(): Promise<string>;
  /** Texts of the notification toasts and of the notification centre. */
  notifications(): Promise<readonly string[]>;
  /** Inner text of the first match in whichever webview has one; waits for it. */
  webviewText(selector: string, timeoutMs?: number): Promise<string>;
  /** Number of matches over all webviews, without waiting. */
  webviewCount(selector: string): Promise<number>;
  webviewClick(selector: string): Promise<void>;
  webviewHover(selector: string): Promise<void>;
  /** Focuses the first match and presses a key there. */
  webviewPress(selector: string, keys: string): Promise<void>;
  /** Evaluates an expression in the webview that has `selector`. */
  webviewEvaluate(selector: string, expression: string): Promise<unknown>;
  /** Addresses outside this machine that the browser asked for. */
  foreignRequests(): Promise<readonly string[]>;
}

/** One method call of the driver, as it goes over the loopback interface. */
export interface DriverCall {
  readonly method: keyof Driver;
  readonly params: readonly unknown[];
}

export type DriverReply = { readonly value: unknown } | { readonly error: string };

/** What a suite is told when its page asks which phase it is. */
export interface PhaseOrder {
  /** Test files, relative to the folder of the built suites, without `.test.js`. */
  readonly files: readonly string[];
  /** Where the outcome goes, as JSON. */
  readonly outcome: string;
}
