// An address that leads nowhere.
export default function UnknownPage() {
  return (
    <section class="card message">
      <h1>There is nothing here</h1>
      <p class="soft">The address may be mistyped or of a newer version.</p>
      <a class="button" href="/">
        To the dashboard
      </a>
    </section>
  );
}
