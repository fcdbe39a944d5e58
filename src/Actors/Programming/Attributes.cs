namespace LiveCommerce.Actors;

/// <summary>On a grain class: its calls may interleave at awaits. Still one thread at a time.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;

/// <summary>On an interface method: the call may start while another call of the activation is waiting.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;

/// <summary>On an interface method: changes nothing, so it may interleave with other read-only calls.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;

/// <summary>On an interface method: the caller's task completes when the call is queued; failures are logged, never returned.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;

/// <summary>
/// On an interface method: its callers do little with the answer, and never block. Outside of grains they go on at once, on the thread that
/// read the answer from another process, if it read nothing else with it: waking another thread would cost more than what they do.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LittleFollowsAttribute : Attribute;

/// <summary>On an interface method: which queue of the mailbox it waits in. Higher queues are emptied first.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PriorityAttribute(CallPriority priority) : Attribute
{
    /// <summary>The queue.</summary>
    public CallPriority Priority { get; } = priority;
}

/// <summary>The order in which waiting calls of one activation get their turn.</summary>
public enum CallPriority
{
    /// <summary>Money and moderation.</summary>
    High = 0,

    /// <summary>The default.</summary>
    Normal = 1,

    /// <summary>Likes, reports: the first to be refused when the mailbox is full.</summary>
    Low = 2,
}

/// <summary>On a constructor parameter of type <see cref="IPersistentState{TState}"/>: which named state of the grain it is.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class PersistentStateAttribute(string name) : Attribute
{
    /// <summary>The state's name within the grain.</summary>
    public string Name { get; } = name;
}
