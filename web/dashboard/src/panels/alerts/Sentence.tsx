// A rule edited as a sentence.
import { comparisons, periodsOf, sensitivities, verbs, type Rule, type Verb } from './alert';

interface Choice {
  value: string;
  label: string;
}

function Word({ label, value, options, onChange }: WordProps) {
  return (
    <select class="word" aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {options.map((option) => (
        <option key={option.value} value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

interface WordProps {
  label: string;
  value: string;
  options: Choice[];
  onChange: (value: string) => void;
}

interface Props {
  rule: Rule;
  metrics: Choice[];
  change: (part: Partial<Rule>) => void;
}

export function Sentence({ rule, metrics, change }: Props) {
  const known = metrics.some(({ value }) => value === rule.metric);
  const compared = rule.verb.startsWith('c');
  return (
    <div class="sentence">
      <span>When</span>
      <Word
        label="Metric"
        value={rule.metric}
        options={known ? metrics : [...metrics, { value: rule.metric, label: rule.metric }]}
        onChange={(metric) => change({ metric })}
      />
      <span>in</span>
      <Word
        label="Period"
        value={rule.period}
        options={periodsOf(rule.verb)}
        onChange={(period) => change({ period })}
      />
      <span>are</span>
      <Word
        label="Condition"
        value={rule.verb}
        options={verbs}
        onChange={(verb) =>
          change({ verb: verb as Verb, ...(verb === 'a' && rule.period === '7d' ? { period: '24h' } : {}) })
        }
      />
      {rule.verb !== 'a' && (
        <input
          class="word number"
          type="number"
          aria-label={compared ? 'Percent' : 'Number'}
          required
          step="any"
          min={-1e9}
          max={1e9}
          value={rule.number}
          onInput={(event) => change({ number: event.currentTarget.value })}
        />
      )}
      {compared && (
        <>
          <span>% from</span>
          <Word
            label="Compared with"
            value={rule.compareWith}
            options={comparisons}
            onChange={(compareWith) => change({ compareWith })}
          />
        </>
      )}
      {rule.verb === 'a' && (
        <>
          <span>:</span>
          <Word
            label="Sensitivity"
            value={rule.sensitivity}
            options={sensitivities}
            onChange={(sensitivity) => change({ sensitivity })}
          />
        </>
      )}
    </div>
  );
}
