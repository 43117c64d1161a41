(settings, value, revision) => [
  { ...settings, changes: { ...settings.changes, [KEY]: value } },
  revision + 1,
]
