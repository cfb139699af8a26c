import { expect, it } from 'vitest';
import { csv } from './csv';

it('quotes what must be quoted and disarms formulas', () => {
  const rows = [
    ['/a,b', 1],
    ['say "hi"', -2.5],
    ['=HYPERLINK("x")', 0],
    ['+1', 3],
    ['@x', 4],
    ['-x', 5],
    ['line\nbreak', 6],
  ];
  expect(csv(['Page', 'Visitors'], rows)).toBe(
    'Page,Visitors\r\n"/a,b",1\r\n"say ""hi""",-2.5\r\n"\'=HYPERLINK(""x"")",0\r\n\'+1,3\r\n\'@x,4\r\n\'-x,5\r\n"line\nbreak",6\r\n',
  );
});
