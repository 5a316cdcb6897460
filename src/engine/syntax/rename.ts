import type { TextChange } from '../../core/anchors';
import { wordsIn } from '../../core/words';
import type { SyntaxNode } from './grammars';

/** A name that may be replaced everywhere, and where it stands. */
export interface Renamable {
  readonly name: string;
  readonly places: readonly SyntaxNode[];
}

/** What declares a variable: the node around the name, and the field that the name is in, if that matters. */
const declaring: readonly (readonly [string, RegExp])[] = [
  ['parameters', /./],
  ['lambda_parameters', /./],
  ['default_parameter', /^name$/],
  ['typed_parameter', /./],
  ['typed_default_parameter', /^name$/],
  ['assignment', /^left$/],
  ['pattern_list', /./],
  ['tuple_pattern', /./],
  ['for_statement', /^left$/],
  ['for_in_clause', /^left$/],
  ['as_pattern_target', /./],
  ['named_expression', /^name$/],
  ['variable_declarator', /^name$/],
  ['required_parameter', /^pattern$/],
  ['optional_parameter', /^pattern$/],
  ['formal_parameters', /./],
  ['arrow_function', /^parameter$/],
  ['for_in_statement', /^left$/],
  ['catch_clause', /^parameter$/],
  ['array_pattern', /./],
  ['parameter_declaration', /^name$/],
  ['short_var_declaration', /^left$/],
  ['formal_parameter', /^name$/],
  ['let_declaration', /^pattern$/],
  ['parameter', /^pattern$/],
];

/** Where a name is more than a variable: renaming it would change what the program means to others. */
const forbidding =
  /^(?:keyword_argument|import_statement|import_from_statement|import_clause|import_specifier|namespace_import|aliased_import|dotted_name|function_definition|class_definition|function_declaration|class_declaration|function_item|method_declaration|global_statement|nonlocal_statement|export_specifier|labeled_statement)$/;
const identifier = /^(?:identifier|shorthand_property_identifier|shorthand_property_identifier_pattern)$/;
/** Names that mean something without a declaration, which another scope of the program may use. */
const known = new Set(
  'self cls this super print list dict set str int float len range type id input open file object map filter sum min max any all next iter hash vars dir console process window document module exports require undefined arguments'.split(
    ' ',
  ),
);

/** The local variables of a program that can be renamed consistently; no scope has to be told from another. */
export function renamables(root: SyntaxNode, text: string): Renamable[] {
  const places = new Map<string, SyntaxNode[]>();
  const declared = new Set<string>();
  const fixed = new Set<string>(known);
  const visit = (node: SyntaxNode, parents: readonly SyntaxNode[]): void => {
    // What follows a dot is a member of something, whatever a variable of the same name is called.
    if (identifier.test(node.type) && text[node.start - 1] !== '.') {
      const name = text.slice(node.start, node.end);
      places.set(name, [...(places.get(name) ?? []), node]);
      if (isFixed(node, parents, text)) fixed.add(name);
      else if (declares(node, parents)) declared.add(name);
    }
    for (const child of node.children) visit(child, [node, ...parents]);
  };
  visit(root, []);
  return [...declared]
    .filter((name) => !fixed.has(name) && !name.startsWith('_'))
    .map((name) => ({ name, places: places.get(name)! }));
}

function declares({ field }: SyntaxNode, [parent, grandparent, ...above]: readonly SyntaxNode[]): boolean {
  const match = declaring.some(([type, fields]) => parent?.type === type && fields.test(field ?? '-'));
  // What is declared at the top and exported is others' name, too.
  const exported = [grandparent, above[0]].some((node) => node?.type === 'export_statement');
  return match && !exported;
}

function isFixed(node: SyntaxNode, parents: readonly SyntaxNode[], text: string): boolean {
  if (node.type !== 'identifier') return true;
  // A variable of a class body is a member of the class.
  if (parents[0]?.type === 'assignment' && parents[3]?.type === 'class_definition') return true;
  const [parent, grandparent, above] = parents;
  if ([grandparent, above].some((at) => at?.type === 'export_statement')) return true;
  if (!parent) return false;
  if (parent.type === 'keyword_argument') return node.field === 'name';
  // In a call that is not finished, the grammar cannot tell an argument's name.
  if (parent.type === 'ERROR' && /^\s*=(?!=)/.test(text.slice(node.end))) {
    return /[(,]\s*$/.test(text.slice(0, node.start));
  }
  return forbidding.test(parent.type) && !['body', 'value', 'right'].includes(node.field ?? '');
}

const plain =
  'entry value count total result index data item size left first node key part text other shape level store owner'.split(
    ' ',
  );
const letters = [...'vwktunpqrszabcdefghijlmoxy'];

/**
 * A name of the same shape that the program does not have, of as many tokens where there is one: `old_total` gives
 * `first_entry`, `LIMIT` gives `VALUE`, `i` gives `v`.
 *
 * @param sizeOf tokens of a name
 */
export function otherName(name: string, text: string, sizeOf: (name: string) => number): string | null {
  const taken = new Set(wordsIn(text).map(({ start, end }) => text.slice(start, end)));
  const free = candidates(name).filter((candidate) => !taken.has(candidate));
  return free.find((candidate) => sizeOf(candidate) === sizeOf(name)) ?? free[0] ?? null;
}

function candidates(name: string): readonly string[] {
  if (/^[a-z]$/.test(name)) return letters;
  if (/^[A-Z][A-Z0-9_]*$/.test(name)) return plain.map((word) => word.toUpperCase());
  const pairs = plain.map((word, at) => [word, plain[(at + 7) % plain.length]!] as const);
  if (/^[a-z0-9]+_/.test(name)) return pairs.map(([first, second]) => `${first}_${second}`);
  const title = (word: string) => word[0]!.toUpperCase() + word.slice(1);
  if (/^[a-z0-9]+[A-Z]/.test(name)) return pairs.map(([first, second]) => first + title(second));
  if (/^[A-Z]/.test(name)) return plain.map(title);
  return plain;
}

/** The changes that put another name at every place. */
export function renaming({ places }: Renamable, to: string): TextChange[] {
  return places.map(({ start, end }) => ({ start, end, text: to }));
}
