import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Loaded ahead of a program that is measured: at its end, what it took goes to file descriptor 3 (see measured.ts).
// JavaScript, because a program without types to strip must not pay for loading what strips them.

if (isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeSync(3, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMib: maxRSS / 1024 }));
  });
}
