using System.Collections.Frozen;

namespace LiveCommerce.Silo.Payments;

/// <summary>A state machine: its arrows, and nothing else. What has no arrow changes nothing.</summary>
internal sealed class StateTable<TState, TEvent>(IEnumerable<KeyValuePair<(TState State, TEvent Happened), TState>> arrows)
    where TState : struct, Enum
    where TEvent : struct, Enum
{
    /// <summary>Every arrow, by where it starts and what happened.</summary>
    public FrozenDictionary<(TState State, TEvent Happened), TState> Arrows { get; } = arrows.ToFrozenDictionary();

    /// <summary>The state after; false: no arrow, nothing changes.</summary>
    public bool TryApply(TState state, TEvent happened, out TState next)
    {
        if (Arrows.TryGetValue((state, happened), out next)) { return true; }
        next = state;
        return false;
    }
}
