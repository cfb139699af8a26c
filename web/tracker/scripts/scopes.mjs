// Which variables a program has, where each is used, and which two may not have one name.

/** Calls visit(node, functions around it, parent) for a node and what lies below. Names of properties are not visited as identifiers. */
export function walk(node, visit, around = [], parent) {
  if (!node?.type) return;
  visit(node, around, parent);
  const inner = /Function/.test(node.type) ? [...around, node] : around;
  for (const [key, child] of Object.entries(node)) {
    if ((key === 'property' || key === 'key') && !node.computed) continue;
    for (const one of [child].flat()) walk(one, visit, inner, node);
  }
}

/** The names that a pattern (an identifier, or a destructuring) declares. */
export function declared(pattern) {
  if (!pattern) return [];
  if (pattern.type === 'Identifier') return [pattern];
  const parts = pattern.properties ?? pattern.elements ?? [pattern.left ?? pattern.argument ?? pattern.value];
  return parts.flatMap(declared);
}

/** The scopes of a program: the node that opens each, and what it declares. */
function scopesOf(program) {
  const scopes = new Map();
  const open = (node, parent) => {
    const scope = { parent, names: new Map() };
    scopes.set(node, scope);
    return scope;
  };
  const declare = (scope, id) => {
    if (!scope.names.has(id.name)) scope.names.set(id.name, { name: id.name, scope, uses: [], seenIn: new Set() });
  };
  const visit = (node, scope, parent) => {
    if (!node?.type) return;
    // A body may not declare what its parameters do.
    if (node.type === 'BlockStatement' && /Function|CatchClause/.test(parent?.type)) scopes.set(node, scope);
    else if (/Function/.test(node.type)) {
      scope = open(node, scope);
      node.params.flatMap(declared).forEach((id) => declare(scope, id));
    } else if (/^(Program|BlockStatement|For\w*|CatchClause)$/.test(node.type)) {
      scope = open(node, scope);
      if (node.type === 'CatchClause') declared(node.param).forEach((id) => declare(scope, id));
    }
    if (node.type === 'VariableDeclaration')
      node.declarations.flatMap((d) => declared(d.id)).forEach((id) => declare(scope, id));
    for (const child of Object.values(node)) for (const one of [child].flat()) visit(one, scope, node);
  };
  visit(program);
  return scopes;
}

/** The variables of a program with the places where they are used, and the names that it takes from outside. */
export function variablesOf(program) {
  const scopes = scopesOf(program);
  const outside = new Set();
  const use = (id, scope, shorthand = '') => {
    const path = [];
    for (let s = scope; s; s = s.parent) {
      path.push(s);
      const variable = s.names.get(id.name);
      if (!variable) continue;
      variable.uses.push({ start: id.start, end: id.end, shorthand });
      path.forEach((p) => variable.seenIn.add(p));
      return;
    }
    outside.add(id.name);
  };
  const visit = (node, scope) => {
    if (!node?.type) return;
    scope = scopes.get(node) ?? scope;
    if (node.type === 'Identifier') return use(node, scope);
    if (node.type === 'ExportSpecifier') return use(node.local, scope);
    for (const [key, child] of Object.entries(node)) {
      if ((key === 'property' || key === 'key') && !node.computed) continue;
      if (key === 'value' && node.shorthand) {
        const { left = child, right } = child;
        use(left, scope, node.key.name);
        visit(right, scope);
      } else for (const one of [child].flat()) visit(one, scope);
    }
  };
  visit(program);
  return { variables: [...new Set(scopes.values())].flatMap((s) => [...s.names.values()]), outside };
}

const within = (inner, outer) => !!inner && (inner === outer || within(inner.parent, outer));

/** Whether two variables may not have one name: one is used where the other is declared. */
export const clash = (a, b) =>
  a.scope === b.scope ||
  (within(b.scope, a.scope) && a.seenIn.has(b.scope)) ||
  (within(a.scope, b.scope) && b.seenIn.has(a.scope));
