import { sparkPoints } from '../spark';

/** A small line without axes; the numbers beside it say the same. */
export function Sparkline({ values }: { values: number[] }) {
  const points = sparkPoints(values);
  return (
    <svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
      {points && <polygon points={`0,30 ${points} 100,30`} />}
      {points && <polyline points={points} />}
    </svg>
  );
}
