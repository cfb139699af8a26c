import { changeOf } from '../change';

interface Props {
  value: number;
  /** Null: nothing to compare with. */
  before: number | null;
  less?: boolean;
}

export function Change({ value, before, less = false }: Props) {
  if (before === null) return null;
  const { text, tone } = changeOf(value, before, less);
  return (
    <span class="change" data-tone={tone}>
      {text}
    </span>
  );
}
