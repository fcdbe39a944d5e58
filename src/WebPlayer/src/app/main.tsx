import { render } from 'preact';
import { onSignedOut } from '../wire/http';
import { App } from './App';
import { followLinks, location } from './router';
import { findRoute } from './routes';
import { forgetPerson, loadSession } from './session';
import './styles/tokens.css';
import './styles/base.css';

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app');

// What the page and the server have to give is on its way while the frame round it is drawn.
void findRoute(location.value.path)
  ?.route.load()
  .catch(() => undefined);
void loadSession();

followLinks(new AbortController().signal); // for as long as the page lives
render(<App />, root);
onSignedOut(forgetPerson);
