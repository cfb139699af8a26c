import { dismiss, toasts } from '../toast';

/** The messages of the moment, read out politely. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.text} class="toast" data-tone={toast.tone}>
          <span>{toast.text}</span>
          {toast.action && (
            <button type="button" class="button quiet small" onClick={toast.action.run}>
              {toast.action.label}
            </button>
          )}
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(toast)}>
            <span aria-hidden="true">✕</span>
          </button>
        </div>
      ))}
    </div>
  );
}
