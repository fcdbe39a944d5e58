import { render } from 'preact';
import { onSignedOut } from '../wire/http';
import { App } from './App';
import { followLinks } from './router';
import { forgetPerson, loadSession } from './session';
import './styles/tokens.css';
import './styles/base.css';

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app');

followLinks(new AbortController().signal); // for as long as the page lives
render(<App />, root);
onSignedOut(forgetPerson);
void loadSession();
