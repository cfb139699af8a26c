import { render } from 'preact';
import { App } from './app';
import { startServices } from './context';
import './styles/index.css';

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app');
render(<App services={startServices()} />, root);
