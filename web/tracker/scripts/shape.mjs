// A program as text in which some things may be chosen: names of variables, and the order of what has none.
import { parseSync } from 'vite';
import { variablesOf, walk } from './scopes.mjs';

/** Comparisons that say the same with their sides exchanged. */
const MIRROR = { '==': '==', '!=': '!=', '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
const SIMPLE = /^(Identifier|Literal|MemberExpression|CallExpression|TemplateLiteral|UnaryExpression)$/;
const isFunction = (node) => /Function/.test(node?.type);
const range = ({ start, end }) => ({ start, end });
const group = (parts, separator, before = []) => ({
  ...{ start: parts[0].start, end: parts.at(-1).end },
  ...{ parts, separator, before },
});

/** The names that an initialiser needs at once: a function that it makes runs later, one that it calls does not. */
function needs(init, all, known = new Set()) {
  walk(init, (node, around) => {
    if (node.type !== 'Identifier' || known.has(node.name) || (around.length && !isFunction(init))) return;
    known.add(node.name);
    if (all.has(node.name)) needs(all.get(node.name), all, known);
  });
  return known;
}

/** Declarations of one statement, each after those that it needs. */
function declarations({ declarations: list }) {
  const inits = new Map(list.map((d) => [d.id.name, d.init]));
  const before = list.flatMap(({ init }, i) =>
    !init || isFunction(init)
      ? []
      : [...needs(init, inits)].map((name) => [list.findIndex((d) => d.id.name === name), i]),
  );
  return group(
    list.map(range),
    ',',
    before.filter(([first, then]) => first >= 0 && first !== then),
  );
}

/** The alternatives of each group of a regular expression that must match to its end, where their order says nothing. */
function alternatives(code, start, end) {
  const groups = [];
  const open = [];
  for (let i = start; i < end; i++) {
    if (code[i] === '[') while (code[i] !== ']') i++;
    if (code[i] === '(') open.push([i + 1]);
    if (code[i] === '|') open.at(-1).push(i + 1);
    if (code[i] !== ')') continue;
    const starts = open.pop();
    const parts = starts.map((at, k) => ({ start: at, end: (starts[k + 1] ?? i + 1) - 1 }));
    if (parts.length > 1) groups.push(group(parts, '|'));
  }
  return groups;
}

/** Where a program has an order that says nothing: properties, declarations, alternatives, sides of comparisons. */
function orders(code, program) {
  const found = [];
  walk(program, (node) => {
    if (/^Object/.test(node.type)) {
      const rest = node.properties.findIndex((p) => /Spread|Rest/.test(p.type));
      const free = node.properties.slice(0, rest < 0 ? undefined : rest);
      if (free.length > 1) found.push(group(free.map(range), ','));
    }
    if (node.type === 'VariableDeclaration' && node.declarations.length > 6) found.push(declarations(node));
    if (node.regex && /\)\$\/\w*$/.test(node.raw)) found.push(...alternatives(code, node.start, node.end));
    const { type, left, right, operator } = node;
    const simple = (side) => SIMPLE.test(side.type) || (side.type === type && /^[-+*/]$/.test(side.operator));
    if (type !== 'BinaryExpression' || !MIRROR[operator] || !simple(left) || !simple(right)) return;
    if (code.slice(left.end, right.start) === operator)
      found.push({ ...group([left, right].map(range), operator), mirror: MIRROR[operator] });
  });
  return found.sort((a, b) => a.start - b.start || b.end - a.end);
}

/**
 * The choices of a program. `variables` have their names, `outside` are names that none may have; `groups` have parts in an order; `write`
 * gives the program with these names and orders, each order being a list of the parts' numbers.
 */
export function shapeOf(code) {
  const { program } = parseSync('shape.js', code);
  const { variables, outside } = variablesOf(program);
  const uses = variables.flatMap((v, variable) => v.uses.map((use) => ({ ...use, variable })));
  const groups = orders(code, program).map((g, number) => ({ ...g, number }));
  const marks = [...uses, ...groups].sort((a, b) => a.start - b.start || b.end - a.end);

  /** The text from start to end as pieces: strings, uses, and groups with the pieces of each part. */
  const pieces = (start, end) => {
    const list = [];
    let at = start;
    for (const mark of marks) {
      if (mark.start < at || mark.end > end || (mark.start === start && mark.end === end && mark.parts)) continue;
      list.push(code.slice(at, mark.start), mark);
      at = mark.end;
    }
    return [...list, code.slice(at, end)].filter((piece) => piece !== '');
  };
  for (const g of groups) g.inside = g.parts.map((part) => pieces(part.start, part.end));
  const all = pieces(0, code.length);

  const write = (names, order, list = all) => {
    let text = '';
    for (const piece of list) {
      if (typeof piece === 'string') text += piece;
      else if (piece.inside) {
        const { number, inside, separator, mirror } = piece;
        const turned = mirror && order[number][0] === 1;
        text += order[number].map((i) => write(names, order, inside[i])).join(turned ? mirror : separator);
      } else {
        const name = names[piece.variable];
        text += piece.shorthand && piece.shorthand !== name ? `${piece.shorthand}:${name}` : name;
      }
    }
    return text;
  };
  return { variables, outside, groups, write };
}
