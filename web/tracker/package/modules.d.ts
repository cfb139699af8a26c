// The one function of React that the package uses: its own types are not needed to build it.
declare module 'react' {
  export function useEffect(effect: () => void, dependencies: readonly unknown[]): void;
}
