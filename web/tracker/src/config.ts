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

/**
 * The data attributes of the script by name, and over them the options of zta('config'), which have the same names. A switch that is on by
 * default is off when it says 'false', another is on when it says 'true'.
 */
export const config: Record<string, any> = { sampleRate: 100, heartbeat: 60, ...script?.dataset };

/** The address of a path on the server that the script came from. */
export const server = (path: string): URL => new URL(path, script!.src);
