// The parts of the map engine that we use: a file of its own, which changes only with the engine.
export { AttributionControl, Map, ScaleControl, setWorkerUrl } from "maplibre-gl";
