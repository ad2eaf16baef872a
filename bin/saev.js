#!/usr/bin/env node
// Plain syntax and no static import: an old Node must get far enough to be told that it is one.
var version = process.versions.node.split('.').map(Number);
var major = version[0];
var minor = version[1];
var isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;

if (isSupported) {
  import('../dist/cli/main.js').then((program) => program.main(process.argv.slice(2)), refuse);
} else {
  end(
    `Node ${process.versions.node} is not supported`,
    'use 20.19 or newer of line 20, or 22.12 or newer: https://nodejs.org',
  );
}

/** The program could not be loaded: it was not built, or the system does not let it open its files. */
function refuse(error) {
  var files = openFiles();
  if (files < 256) {
    return end(
      `this shell allows a process ${files} open files, which is too few`,
      'ulimit -n 1024',
    );
  }
  if (error.code === 'ERR_MODULE_NOT_FOUND' && /dist.cli.main\.js/.test(error.message)) {
    return end('the program is not built', 'npm run build');
  }
  throw error;
}

function openFiles() {
  try {
    return Number(process.report.getReport().userLimits.open_files.soft) || Infinity;
  } catch (_) {
    return Infinity;
  }
}

function end(sentence, hint) {
  process.stderr.write(`saev: ${sentence}\n  ${hint}\n`);
  process.exitCode = 2;
}
