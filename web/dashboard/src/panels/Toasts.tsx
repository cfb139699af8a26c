import { dismiss, toasts } from '../toast';

/** The messages of the moment, read out politely. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, tone, action }) => (
        <div key={id} class="toast" data-tone={tone}>
          <span>{text}</span>
          {action && (
            <button type="button" class="button quiet small" onClick={action.run}>
              {action.label}
            </button>
          )}
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <span aria-hidden="true">✕</span>
          </button>
        </div>
      ))}
    </div>
  );
}
