/**
 * ONNX Runtime, silent. As it comes, its builds for Linux and macOS tell their maker of every session
 * (https://github.com/microsoft/onnxruntime/pull/27379), unless this variable says otherwise before the first one.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';

export { env, InferenceSession, Tensor } from 'onnxruntime-node';
