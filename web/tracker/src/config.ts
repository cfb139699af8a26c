// What the script element asks for, and what zta('config') changes later.

export interface Config {
  heatmaps?: boolean;
  heatmapTypes?: string | readonly string[];
  sampleRate?: number;
  ignorePaths?: string | readonly string[];
  heartbeat?: number;
  debug?: boolean;
}

const script = document.currentScript as HTMLScriptElement | null;

/** The data attributes of the script by name, and over them the options of zta('config'), which have the same names. */
export const config: Record<string, any> = { heatmaps: false, sampleRate: 100, heartbeat: 60, ...script?.dataset };

/** Whether a switch that is off by default is on: `true`, or an attribute without a value. Those that are on by default are off at 'false'. */
export const isOn = (name: string): boolean => /^(true)?$/.test(config[name]);

/** The address of a path on the server that the script came from. */
export const server = (path: string): URL => new URL(path, script!.src);
