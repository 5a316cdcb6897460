import { dependencies, version } from '../../../package.json';
import type { AuditSoftware } from '../../core/audit/journal';

/** What an audit is run with on this machine. */
export const software: AuditSoftware = {
  whence: version,
  onnxruntime: dependencies['onnxruntime-node'],
  platform: `${process.platform}-${process.arch}`,
};
