// Apart, so that it is fetched only when a chart is drawn.
import './language';
import 'uplot/dist/uPlot.min.css';

export { default as UPlot } from 'uplot';
