// A page of its own file, loaded when it is first shown.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { arriving, reload } from '../reload';
import { Failure, SkeletonRows } from './States';

type Module = { default: ComponentType<never> };

const files = import.meta.glob<Module>('../pages/*.tsx');
const loaded = new Map<string, ComponentType<never>>();

/** Begins to load a page that will be needed soon. */
export async function preload(name: string): Promise<ComponentType<never>> {
  const file = files[`../pages/${name}.tsx`];
  if (!file) throw new Error(`no page ${name}`);
  const component = (await file()).default;
  loaded.set(name, component);
  return component;
}

interface Props<P> {
  name: string;
  props: P;
}

export function LazyPage<P extends object>({ name, props }: Props<P>) {
  const [, setReady] = useState('');
  const [missing, setMissing] = useState({ name, why: '' });
  useEffect(() => {
    if (loaded.has(name)) return undefined;
    let wanted = true;
    const tell = (why: string) => wanted && setMissing({ name, why });
    void arriving('This page', () => preload(name), tell).then(() => setReady(name));
    return () => {
      wanted = false;
    };
  }, [name]);
  const Page = loaded.get(name) as ComponentType<P> | undefined;
  if (Page) return <Page {...props} />;
  if (missing.why && missing.name === name) {
    return <Failure error={{ message: missing.why, requestId: null }} retry={reload} action="Reload" />;
  }
  return (
    <div class="card padded">
      <SkeletonRows count={6} />
    </div>
  );
}
