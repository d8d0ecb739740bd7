// Everything works without this file: it starts GOV.UK's components.
import { initAll } from './govuk-frontend.js'
import './htmx.js'

// The snippet that GOV.UK puts inline; a script of type module runs where `noModule` is known.
document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

// Single keys in the queue, where its reader has switched them on.
const lines = document.querySelector('[data-keys]')

function press (event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return
  const links = [...lines.querySelectorAll('.dlp-line__title a')]
  const at = links.findIndex(link => link.closest('.dlp-line').contains(document.activeElement))
  if (event.key === 'j') links[Math.min(at + 1, links.length - 1)]?.focus()
  else if (event.key === 'k') links[Math.max(at - 1, 0)]?.focus()
  else if (event.key === 'o') links[at]?.click()
  else if (event.key === '?') {
    const help = document.getElementById('keys')
    help.open = !help.open
    help.querySelector('summary').focus()
  } else return
  event.preventDefault()
}

if (lines) document.addEventListener('keydown', press)
