(preset, method) => [METHODS[preset] || method, SETTINGS]
