// Makes ../assets: one style sheet, the scripts, an icon.  Run by `make`; nothing of it is in git.
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from 'sass'

const here = dirname(fileURLToPath(import.meta.url))
const assets = join(here, '..', 'assets')
const module = createRequire(import.meta.url).resolve

const style = compile(join(here, 'site.scss'), {
  loadPaths: [join(here, 'node_modules')],
  quietDeps: true,
  style: 'compressed'
})

await rm(assets, { recursive: true, force: true })
await mkdir(assets, { recursive: true })
await writeFile(join(assets, 'site.css'), style.css)
await copyFile(join(dirname(module('govuk-frontend')), 'govuk-frontend.min.js'), join(assets, 'govuk-frontend.js'))
await copyFile(module('htmx.org/dist/htmx.min.js'), join(assets, 'htmx.js'))
await copyFile(join(here, 'site.js'), join(assets, 'site.js'))
await copyFile(join(here, 'icon.svg'), join(assets, 'icon.svg'))
