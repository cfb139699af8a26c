// Writes src/openapi.d.ts: the shapes of the API's bodies as types, made of api/openapi.yaml. Run with --check it writes nothing and fails when the
// file is not current.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const document = new URL('../../../api/openapi.yaml', import.meta.url);
const target = new URL('../src/openapi.d.ts', import.meta.url);

// Calls are typed by hand in src/api.ts; of the document only the bodies are taken.
const LEFT_OUT = ['paths', 'webhooks', 'operations', '$defs'];

const tree = await openapiTS(document, { rootTypes: true, rootTypesNoSchemaPrefix: true, silent: true });
const types =
  '// Made of api/openapi.yaml by `npm run api-types`. Do not change it by hand.\n\n' +
  astToString(tree.filter((node) => !LEFT_OUT.includes(node.name?.text)));

if (!process.argv.includes('--check')) {
  writeFileSync(target, types);
} else if (readFileSync(target, 'utf8') !== types) {
  throw new Error('src/openapi.d.ts is not what api/openapi.yaml says: run `npm run api-types`');
}
