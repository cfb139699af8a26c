// Components that come with their first use: dialogs, the map. Nothing stands in their place until then.
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { part } from '../reload';

/** A component of a file that is loaded when it is first drawn. */
export function lazily<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element | null {
  let loaded: ComponentType<P> | null = null;
  return function Lazily(props: P) {
    const [, setReady] = useState(loaded !== null);
    useEffect(() => {
      if (loaded) return;
      void part(load).then((component) => {
        loaded = component;
        setReady(true);
      });
    }, []);
    const Component = loaded;
    return Component && <Component {...props} />;
  };
}
