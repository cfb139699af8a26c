// Lines to copy into a site.
import { useRef, useState } from 'preact/hooks';
import { copyText } from '../clipboard';

const SHOWN_MS = 2_500;

export function Snippet({ code, label }: { code: string; label: string }) {
  const line = useRef<HTMLElement>(null);
  const [state, setState] = useState<'idle' | 'copied' | 'selected'>('idle');
  const onCopy = async () => {
    const copied = await copyText(code);
    // Where the page may not use the clipboard, the lines are selected for Ctrl+C.
    if (!copied && line.current) getSelection()?.selectAllChildren(line.current);
    setState(copied ? 'copied' : 'selected');
    setTimeout(() => setState('idle'), SHOWN_MS);
  };
  return (
    <div class="snippet">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code ref={line}>{code}</code>
      </pre>
      <button type="button" class="button" onClick={() => void onCopy()}>
        {state === 'copied' ? 'Copied ✓' : state === 'selected' ? 'Press Ctrl+C' : 'Copy'}
      </button>
      <span class="sr-only" role="status">
        {state === 'copied' ? 'Copied.' : ''}
      </span>
    </div>
  );
}
