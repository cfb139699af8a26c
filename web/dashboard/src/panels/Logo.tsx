/** Three rising bars and the dot that is now. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="2" y="13" width="4.5" height="8" rx="1.6" />
      <rect x="9.2" y="8" width="4.5" height="13" rx="1.6" />
      <rect x="16.4" y="11.5" width="4.5" height="9.5" rx="1.6" />
      <circle class="logo-dot" cx="18.65" cy="5" r="2.9" />
    </svg>
  );
}
