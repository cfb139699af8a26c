// Puts functions that are used once, and texts, where they are used. They have a name in the source for its readers; the minifier keeps it.
import { parseSync } from 'vite';
import { declared, walk } from './scopes.mjs';

const namesIn = (fn) => {
  const names = new Set();
  walk(fn, (node) => {
    if (/Function/.test(node.type)) node.params.flatMap(declared).forEach((id) => names.add(id.name));
    if (node.type === 'VariableDeclarator') declared(node.id).forEach((id) => names.add(id.name));
  });
  return names;
};

/** The text of a function's expression with its parameters replaced, if it is called with just as many plain names. */
function callOf(code, fn, call) {
  const names = [...fn.params, ...call.arguments];
  if (fn.params.length !== call.arguments.length || names.some((n) => n.type !== 'Identifier')) return;
  if (fn.body.type === 'BlockStatement' || fn.async) return;
  const uses = [];
  walk(fn.body, (node) => node.type === 'Identifier' && uses.push(node));
  let text = code.slice(fn.body.start, fn.body.end);
  for (const use of uses.sort((a, b) => b.start - a.start)) {
    const i = fn.params.findIndex((p) => p.name === use.name);
    if (i < 0) continue;
    const at = use.start - fn.body.start;
    text = text.slice(0, at) + call.arguments[i].name + text.slice(at + use.name.length);
  }
  return `(${text})`;
}

/** One step: the new code, or nothing when no function is left that is used once. */
function step(code) {
  const { program } = parseSync('fold.js', code);
  const body = program.body[0].type === 'BlockStatement' ? program.body[0].body : program.body;
  const uses = new Map();
  walk(program, (node, around, parent) => {
    if (node.type !== 'Identifier') return;
    const shorthand = parent.type === 'Property' && parent.shorthand;
    uses.set(node.name, [...(uses.get(node.name) ?? []), { node, around, parent, shorthand }]);
  });
  for (const statement of body) {
    const { id, init } = statement.declarations?.[0] ?? {};
    if (statement.kind !== 'const' || init?.type !== 'ArrowFunctionExpression') continue;
    const [use, ...more] = uses.get(id.name).filter((u) => u.node.start !== id.start);
    if (!use || more.length || use.shorthand || use.parent.type === 'ExportSpecifier') continue;
    if (use.node.start > statement.start && use.node.end < statement.end) continue;
    // A name of its surroundings must not mean something else where it goes.
    const hidden = new Set(use.around.flatMap((fn) => [...namesIn(fn)]));
    const own = namesIn(init);
    let clash = false;
    walk(init, (node) => (clash ||= node.type === 'Identifier' && !own.has(node.name) && hidden.has(node.name)));
    if (clash) continue;
    const called = use.parent.type === 'CallExpression' && use.parent.callee === use.node;
    const text = (called && callOf(code, init, use.parent)) || undefined;
    const argument = (use.parent.type === 'CallExpression' && !called) || use.parent.type === 'Property';
    const plain = code.slice(init.start, init.end);
    const place = text ? use.parent : use.node;
    const edits = [
      [statement.start, statement.end, ''],
      [place.start, place.end, text ?? (argument ? plain : `(${plain})`)],
    ];
    for (const [start, end, with_] of edits.sort((a, b) => b[0] - a[0]))
      code = code.slice(0, start) + with_ + code.slice(end);
    return code;
  }
}

/** The code with every text that has a name written out: said again, a text packs shorter than a name. */
function spell(code) {
  const { program } = parseSync('fold.js', code);
  const texts = new Map();
  for (const { kind, declarations } of program.body)
    if (kind === 'const' && typeof declarations[0].init?.value === 'string')
      texts.set(declarations[0].id.name, declarations[0]);
  const uses = [];
  walk(program, (node) => node.type === 'Identifier' && texts.has(node.name) && uses.push(node));
  for (const { start, end, name } of uses.sort((a, b) => b.start - a.start)) {
    const { id, init } = texts.get(name);
    if (id.start !== start) code = code.slice(0, start) + init.raw + code.slice(end);
  }
  return code;
}

export function fold(code) {
  code = spell(code);
  for (let next = code; next !== undefined; next = step(code)) code = next;
  return code;
}
