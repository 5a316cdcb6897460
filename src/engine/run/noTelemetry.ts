// onnxruntime 1.30 keeps a device id in the user's cache folder, a log in the temporary one, and sends events to its maker
// unless this is set before the first session. Whence sends nothing to anybody.
process.env.ORT_DISABLE_TELEMETRY = '1';
