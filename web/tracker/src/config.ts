// What the script element asks for, and what zta('config') changes later.
//
// A switch that is off by default is asked with /f/: of its values only `false` and undefined have an f, and an attribute without a value
// switches on. One that is on by default is asked with /l/, which only `false` has. Both are shorter than a function.

export interface Config {
  heatmaps?: boolean;
  heatmapTypes?: string | readonly string[];
  sampleRate?: number;
  ignorePaths?: string | readonly string[];
  heartbeat?: number;
  debug?: boolean;
}

/** The script's element (null in a module, where nothing happens), and that of the document. */
export const script = document.currentScript as HTMLScriptElement;
export const root = document.documentElement;

/** The data attributes of the script by name, and over them the options of zta('config'), which have the same names. */
export let config: Record<string, any> = { ...script?.dataset };

/** Changes settings. Each call makes another object: what began under an older one can tell. */
export const configure = (options?: Config): unknown => (config = { ...config, ...options });
