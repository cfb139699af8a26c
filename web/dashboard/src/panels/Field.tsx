// Fields of a form: a label, a control, a hint.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  label: string;
  hint?: string;
  /** What is wrong with the value, as the server says it. */
  error?: string | undefined;
  children: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ComponentChildren;
}

export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const described = hint || error ? { 'aria-describedby': `${id}-hint` } : {};
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, ...described, ...(error ? { 'aria-invalid': true } : {}) })}
      {(hint || error) && (
        <p id={`${id}-hint`} class={error ? 'hint bad' : 'hint'}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

interface SelectProps {
  label: string;
  hint?: string;
  name?: string;
  value: string;
  options: { value: string; label: string }[];
  onChange?: (value: string) => void;
}

export function Select({ label, hint, name, value, options, onChange }: SelectProps) {
  return (
    <Field label={label} {...(hint ? { hint } : {})}>
      {(ids) => (
        <select
          {...ids}
          {...(name ? { name } : {})}
          value={value}
          onChange={(event) => onChange?.(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface SwitchProps {
  label: string;
  hint?: string;
  name?: string;
  checked: boolean;
  disabled?: boolean;
  onChange?: (checked: boolean) => void;
}

/** On or off. */
export function Switch({ label, hint, name, checked, disabled = false, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch">
      <input
        id={id}
        type="checkbox"
        role="switch"
        {...(name ? { name } : {})}
        checked={checked}
        disabled={disabled}
        {...(hint ? { 'aria-describedby': `${id}-hint` } : {})}
        onChange={(event) => onChange?.(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** The refusal of a form. */
export function FormError({ error }: { error: string | null }) {
  return (
    error && (
      <p class="form-error" role="alert">
        {error}
      </p>
    )
  );
}
