// A number that glides to its new value. The eye sees it move, a screen reader hears only where it ends.
import { useTween } from '../tween';

export function Gliding({ value, show }: { value: number; show: (n: number) => string }) {
  const shown = useTween(value);
  return (
    <>
      <span aria-hidden="true">{show(shown)}</span>
      <span class="sr-only">{show(value)}</span>
    </>
  );
}
