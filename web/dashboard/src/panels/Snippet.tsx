// The line that a site needs, with copy.
import { useRef, useState } from 'preact/hooks';

/** Copies by the clipboard where the page may use it (https, localhost), else by the selection. */
async function copy(text: string, from: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(from);
    return document.execCommand('copy');
  }
}

const SHOWN_MS = 2_500;

export function Snippet({ code }: { code: string }) {
  const line = useRef<HTMLElement>(null);
  const [state, setState] = useState<'idle' | 'copied' | 'selected'>('idle');
  const onCopy = async () => {
    if (!line.current) return;
    setState((await copy(code, line.current)) ? 'copied' : 'selected');
    setTimeout(() => setState('idle'), SHOWN_MS);
  };
  return (
    <div class="snippet">
      <pre tabIndex={0} aria-label="Tracking snippet">
        <code ref={line}>{code}</code>
      </pre>
      <button type="button" class="button" onClick={() => void onCopy()}>
        {state === 'copied' ? 'Copied ✓' : state === 'selected' ? 'Press Ctrl+C' : 'Copy'}
      </button>
      <span class="sr-only" role="status">
        {state === 'copied' ? 'The snippet was copied.' : ''}
      </span>
    </div>
  );
}
