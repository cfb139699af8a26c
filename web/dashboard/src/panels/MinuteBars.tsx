// Bars of minutes, drawn as plain elements that grow and shrink; the same numbers stand in a table for those who cannot see them.
import { bars, scaleTop } from '../bars';
import { short } from '../format';

interface Props {
  minutes: { minute: string; value: number }[];
  /** What is counted: "visitors". */
  unit: string;
  caption: string;
  /** Every how many bars a label of the minute stands below. */
  labelEvery: number;
  /** Writes the value above each bar. */
  values?: boolean;
}

export function MinuteBars({ minutes, unit, caption, labelEvery, values = false }: Props) {
  const list = bars(minutes, labelEvery);
  return (
    <div class="minute-bars" data-values={values}>
      <div class="bars-plot" aria-hidden="true">
        <span class="bars-top">{scaleTop(minutes.map(({ value }) => value))}</span>
        {list.map((bar) => (
          <div key={bar.key} class="bar-slot" title={`${bar.key} · ${bar.value} ${unit}`}>
            {values && <span class="bar-value">{short(bar.value)}</span>}
            <div class="bar" data-unfinished={bar.unfinished} style={{ '--height': bar.height }} />
            {bar.label !== 'none' && (
              <span class="bar-label" data-minor={bar.label === 'minor'}>
                {bar.key}
              </span>
            )}
          </div>
        ))}
      </div>
      <div class="sr-only">
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>
              <th scope="col">Minute</th>
              <th scope="col">{unit}</th>
            </tr>
          </thead>
          <tbody>
            {list.map((bar) => (
              <tr key={bar.key}>
                <th scope="row">{bar.key}</th>
                <td>{bar.value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
