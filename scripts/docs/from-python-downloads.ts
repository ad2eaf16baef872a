// The part of docs/from-python.md about the three scripts of contrib/classification/download.

/** Their flags, and the places of those here. */
export const DOWNLOADS = `## Downloads of labelled images

| Python | here |
| --- | --- |
| \`contrib/classification/download/download_caltech101.py\` | \`saev download caltech101\` |
| \`contrib/classification/download/download_cub.py\` | \`saev download cub200\` |
| \`contrib/classification/download/download_flowers.py\` | \`saev download flowers102\` |
| ADE20K, an address in a comment | \`saev download ade20k\` |

| Python | setting | flag | default there | default here | notes |
| --- | --- | --- | --- | --- | --- |
| \`dir\` | \`dir\` | \`--dir\` | \`.\` | \`.\` | each set wants a folder of its own |
| \`chunk_size_kb\` | \`chunkSizeKb\` | \`--chunk-size-kb\` | \`1\` | \`1\` | accepted; bytes are written as they come |
| \`seed\` | \`seed\` | \`--seed\` | \`42\` | \`42\` | Caltech-101 is split into the same images; of CUB it changes nothing, as there |
| \`download\` (CUB) | \`download\` | \`--download\` | \`true\` | \`true\` | of every set |
| \`extract\` (CUB) | \`extract\` | \`--extract\` | \`true\` | \`true\` | of every set; \`--no-extract\` holds with \`--download\`, too |
| archives and lists stay | \`keep\` | \`--keep\` |  | \`false\` | they go once they are unpacked |
`;
