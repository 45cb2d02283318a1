const common = `  --url <address>   of the service (MLG_URL, else http://127.0.0.1:3000)
  --json            one JSON object per line, for programs`;

/** What `--help` prints, of mlg itself and of each command. */
export const help = {
  mlg: `Classifies images with ImageNet networks, through an mlg service.

  mlg predict <image…>   send images, and with --wait print their classes
  mlg read <id>          the status of one request, and its classes
  mlg models             the networks, and which are available

mlg <command> --help lists its options. MLG_URL is the service's address, MLG_API_KEY the API key if it asks for one.

exit codes: 0 done; 1 an image was refused or failed; 2 wrong command line; 3 the service cannot be reached, or did not
answer in time; 130 Ctrl-C; 141 the output was closed.`,

  predict: `mlg predict <image…> [options]

Images are files, folders (with their folders) and quoted patterns such as 'holiday/**/*.jpg': JPEG, PNG, GIF or WebP,
at most 2 MiB each. What was sent before is not sent again, unless it failed: repeat a command that was interrupted, and
it resumes.

  --model <model>   one of mlg models (starter)
  --wait            wait for the classes and print them; else only the requests' ids are printed
  --timeout <s>     wait no longer than this (3600)
  --parallel <n>    concurrent uploads, 1 to 16 (4)
  --again           send everything again
  --state <file>    file that records what was sent (mlg/sent.jsonl in XDG_CACHE_HOME, else in ~/.cache)
${common}`,

  read: `mlg read <id> [options]

${common}`,

  models: `mlg models [options]

${common}`,
} as const;
