// The steps of a funnel as bars: who came so far, who left, how long it took; two of each in a comparison.
import { apart, count, duration, percent } from '../../format';
import { Gliding } from '../Figure';
import type { FunnelReport } from './funnel';

/** One side of a comparison. */
export interface Shown {
  label: string;
  report: FunnelReport;
}

function Bar({ label, report, index, several }: Shown & { index: number; several: boolean }) {
  const step = report.steps[index];
  if (!step) return null;
  return (
    <div class="funnel-line">
      {several && <span class="funnel-side soft">{apart(label)}</span>}
      <span class="funnel-track" aria-hidden="true">
        <span class="funnel-bar" data-none={step.visitors === 0} style={{ '--share': step.progressRate / 100 }} />
      </span>
      <span class="funnel-numbers">
        <b data-step={index + 1}>
          <Gliding value={step.visitors} show={count} />
        </b>{' '}
        <span class="soft">{percent(step.progressRate)}</span>
      </span>
    </div>
  );
}

/** What happened between a step and the next one. */
function Between({ label, report, index, several }: Shown & { index: number; several: boolean }) {
  const step = report.steps[index];
  const next = report.steps[index + 1];
  if (!step || !next || step.visitors === 0) return null;
  return (
    <p class="funnel-between soft">
      <span aria-hidden="true">↓</span> {several && <>{apart(label)}: </>}
      <b class="funnel-left">{count(next.dropOff)} left</b> ({percent(next.dropOffRate)}),{' '}
      {percent(next.stepConversionRate)} went on
      {step.avgTimeOnStep !== null && <> after {duration(step.avgTimeOnStep)}</>}
    </p>
  );
}

export function FunnelBars({ shown }: { shown: Shown[] }) {
  const steps = shown[0]?.report.steps ?? [];
  const several = shown.length > 1;
  return (
    <ol class="funnel">
      {steps.map((step, index) => (
        <li key={step.stepNumber} class="funnel-step">
          <h3>
            <span class="soft">{step.stepNumber}</span> <bdi>{step.name}</bdi>
          </h3>
          {shown.map((side, i) => (
            <div key={i} data-side={i}>
              <Bar {...side} index={index} several={several} />
            </div>
          ))}
          {shown.map((side, i) => (
            <Between key={i} {...side} index={index} several={several} />
          ))}
        </li>
      ))}
    </ol>
  );
}
