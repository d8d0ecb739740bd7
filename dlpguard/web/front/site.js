// Everything works without this file: it starts GOV.UK's components.
import { initAll } from './govuk-frontend.js'
import './htmx.js'

// The snippet that GOV.UK puts inline; a script of type module runs where `noModule` is known.
document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()
