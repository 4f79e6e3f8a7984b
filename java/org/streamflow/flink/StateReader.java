package org.streamflow.flink;

import java.util.List;
import org.apache.flink.api.common.state.MapState;

/** Reads many entries of a map state in one call from Python, where each call costs more than the read. */
public final class StateReader {
    private StateReader() {}

    /** Returns the value of each key, or null where there is none. */
    public static byte[][] getAll(MapState<String, byte[]> state, List<String> keys) throws Exception {
        byte[][] values = new byte[keys.size()][];
        for (int place = 0; place < values.length; place++) {
            values[place] = state.get(keys.get(place));
        }
        return values;
    }
}
