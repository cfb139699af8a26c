import { Fragment } from 'preact';

/** The names of steps in their order. Each runs in its own direction, the way from left to right. */
export function Way({ path }: { path: string[] }) {
  return (
    <bdi dir="ltr">
      {path.map((name, i) => (
        <Fragment key={i}>
          {i > 0 && ' → '}
          <bdi>{name}</bdi>
        </Fragment>
      ))}
    </bdi>
  );
}
