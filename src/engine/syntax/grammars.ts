import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Language, Parser, type TreeCursor } from '@vscode/tree-sitter-wasm';

/** A node of a syntax tree; offsets are UTF-16, rows from 0. */
export interface SyntaxNode {
  /** As the grammar calls it: `function_definition`, `identifier`, `(`. An `ERROR` holds what fits nowhere. */
  readonly type: string;
  /** What it is to its parent: `name`, `body`; null where the grammar does not say. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  readonly row: number;
  readonly children: readonly SyntaxNode[];
}

/** By VS Code's language id, the grammar: those of `esbuild.mjs`, which copies them. */
const grammarOf: Readonly<Record<string, string>> = {
  python: 'python',
  typescript: 'typescript',
  typescriptreact: 'tsx',
  javascript: 'javascript',
  javascriptreact: 'javascript',
  go: 'go',
  java: 'java',
  rust: 'rust',
};

/** Longer texts have no tree: no model reads so much, and a tree takes many times its text. */
const longestText = 1 << 20;
/** Deeper nesting is cut: what lies below counts as one leaf. */
const deepest = 400;

/** Parsers of programming languages (tree-sitter), each loaded when its language is first met. */
export class Grammars {
  private ready: Promise<void> | null = null;
  private readonly languages = new Map<string, Promise<Language>>();

  /** @param folder where `tree-sitter.wasm` and the grammars lie */
  constructor(private readonly folder: string) {}

  /** Whether programs in that language have a tree. */
  knows(language: string | null): boolean {
    return language !== null && Object.hasOwn(grammarOf, language);
  }

  /** The syntax tree of a text; null without a grammar for the language, and where the text is too long. */
  async parse(text: string, language: string | null): Promise<SyntaxNode | null> {
    if (language === null || !this.knows(language) || text.length > longestText) return null;
    this.ready ??= Parser.init({ locateFile: (name: string) => join(this.folder, name) });
    await this.ready;
    const parser = new Parser();
    try {
      parser.setLanguage(await this.language(grammarOf[language]!));
      const tree = parser.parse(text);
      if (!tree) return null;
      const cursor = tree.walk();
      const root = nodeAt(cursor, 0);
      cursor.delete();
      tree.delete();
      return root;
    } finally {
      parser.delete();
    }
  }

  private language(grammar: string): Promise<Language> {
    const known = this.languages.get(grammar) ?? this.loadLanguage(grammar);
    this.languages.set(grammar, known);
    return known;
  }

  private async loadLanguage(grammar: string): Promise<Language> {
    return Language.load(await readFile(join(this.folder, `tree-sitter-${grammar}.wasm`)));
  }
}

function nodeAt(cursor: TreeCursor, depth: number): SyntaxNode {
  const children: SyntaxNode[] = [];
  const { nodeType: type, currentFieldName: field, startIndex: start, endIndex: end } = cursor;
  const { row } = cursor.startPosition;
  if (depth < deepest && cursor.gotoFirstChild()) {
    do children.push(nodeAt(cursor, depth + 1));
    while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return { type, field, start, end, row, children };
}

/** All nodes, each before its children. */
export function* nodesOf(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}
