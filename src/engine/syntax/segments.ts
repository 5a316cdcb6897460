import { type Segment, type Segments, textSegments } from '../../core/granularity';
import type { TextRange } from '../../core/text';
import type { Grammars, SyntaxNode } from './grammars';

/**
 * The ladder of a program. Names and lines are told by the text; a statement is what the grammar calls one, of a compound
 * one its head and what closes it; a block is a function, method or class without those inside it, and outside of them
 * lines without a blank one between.
 */
export async function segmentsOf(
  grammars: Grammars,
  text: string,
  language: string | null,
): Promise<Segments> {
  const byText = textSegments(text);
  const tree = await grammars.parse(text, language);
  if (!tree) return byText;
  return {
    ...byText,
    statement: owned(tree, text, isStatement, ({ row }) => `row ${row}`),
    block: owned(tree, text, isDefinition, ({ start }) => {
      const at = byText.block.findIndex(({ ranges: [range] }) => start < range!.end);
      return `lines ${at}`;
    }),
  };
}

/** Whatever else its grammar calls a statement, across languages. */
const statement =
  /(?:_statement|_declaration|_definition|_item|_specification|_case|_arm|^(?:elif|else|except|finally|catch|case|default)_clause|^(?:method_signature|property_signature|public_field_definition|comment|line_comment|block_comment|decorator|macro_invocation))$/;
/** Those whose names only look alike. */
const noStatement = /^(?:parameter_declaration|variadic_parameter_declaration)$/;
const definition =
  /^(?:function|class|method|constructor|interface|enum|trait|impl|struct|mod|module|record|decorated|generator_function|abstract_class|internal_module|type)_(?:definition|declaration|item|signature)$/;

function isStatement({ type }: SyntaxNode): boolean {
  return statement.test(type) && !noStatement.test(type);
}

function isDefinition({ type, children }: SyntaxNode): boolean {
  return definition.test(type) || (type === 'export_statement' && children.some(isDefinition));
}

/**
 * Every leaf goes to the nearest node around it that counts. One that starts on the line of the one around it is a part
 * of that: `export class`, the head of a loop. A semicolon goes with what it ends. What nothing owns, and what could not be parsed, is named by `otherwise`.
 */
function owned(
  root: SyntaxNode,
  text: string,
  counts: (node: SyntaxNode) => boolean,
  otherwise: (leaf: SyntaxNode) => string,
): Segment[] {
  const leaves: { readonly leaf: SyntaxNode; readonly owner: string }[] = [];
  const visit = (node: SyntaxNode, owner: SyntaxNode | null): void => {
    const own = counts(node) && node.row !== owner?.row ? node : owner;
    const inside = node.type === 'ERROR' && node.row !== owner?.row ? null : own;
    if (node.children.length === 0 && node.end > node.start) {
      const ends = leaves.length > 0 && (node.type === ';' || node.type === ',');
      const before = ends ? leaves.at(-1)!.owner : null;
      leaves.push({
        leaf: node,
        owner: before ?? (inside ? `node ${inside.start} ${inside.end}` : otherwise(node)),
      });
    }
    for (const child of node.children) visit(child, inside);
  };
  visit(root, null);
  return gathered(leaves, text);
}

/** White space belongs to what stands before it up to the end of the line, and from there to what follows. */
function gathered(
  leaves: readonly { readonly leaf: SyntaxNode; readonly owner: string }[],
  text: string,
): Segment[] {
  const segments = new Map<string, { start: number; end: number }[]>();
  let at = 0;
  leaves.forEach(({ leaf, owner }, index) => {
    const next = leaves[index + 1];
    const gap = text.slice(leaf.end, next?.leaf.start);
    const taken = next?.owner === owner || !next ? gap.length : gap.lastIndexOf('\n') + 1 || gap.length;
    const end = leaf.end + taken;
    const ranges = segments.get(owner) ?? [];
    const last = ranges.at(-1);
    if (last?.end === at) last.end = end;
    else ranges.push({ start: at, end });
    segments.set(owner, ranges);
    at = end;
  });
  return [...segments.values()]
    .map((ranges: readonly TextRange[]) => ({ ranges }))
    .sort((a, b) => a.ranges[0]!.start - b.ranges[0]!.start);
}
