'use client';
// For Next: <Analytics … /> in the root layout. The script follows the router by itself, for it uses the history.
export * from './react.js';
