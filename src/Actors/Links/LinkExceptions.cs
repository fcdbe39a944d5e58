using System.Data.Common;
using System.Text.Json;

namespace LiveCommerce.Actors.Links;

/// <summary>An exception of a grain in another process, of a type that this process makes nothing of.</summary>
/// <param name="typeName">What it was there.</param>
public sealed class RemoteGrainException(string typeName, string message) : Exception(message)
{
    /// <summary>What it was there, with its namespace.</summary>
    public string TypeName { get; } = typeName;
}

/// <summary>The process that decides for a grain does not know the method: while versions are rolled, it runs another one. Nothing was done.</summary>
public sealed class UnknownGrainMethodException(string message) : Exception(message);

/// <summary>How exceptions cross from one process to another: as a name and a message; those that callers tell apart become themselves again.</summary>
internal sealed class LinkExceptions
{
    private readonly Dictionary<string, Func<string, Exception>> _known = new(StringComparer.Ordinal);

    public LinkExceptions()
    {
        Know<UnknownGrainMethodException>(message => new UnknownGrainMethodException(message));
        Know<InconsistentStateException>(message => new InconsistentStateException(message));
        Know<TimeoutException>(message => new TimeoutException(message));
        Know<InvalidOperationException>(message => new InvalidOperationException(message));
        Know<OperationCanceledException>(message => new OperationCanceledException(message));
    }

    /// <summary>Exceptions of this type become themselves again on the other side.</summary>
    public void Know<T>(Func<string, Exception> make)
        where T : Exception => _known[typeof(T).FullName!] = make;

    public static void Write(Utf8JsonWriter json, Exception exception)
    {
        var failure = exception switch
        {
            GrainBusyException busy => new Wire(nameof(GrainBusyException), "", (long)busy.RetryAfter.TotalMilliseconds, false),
            GrainUnavailableException gone => new Wire(nameof(GrainUnavailableException), "", 0, gone.Begun),

            // A database that failed for a moment leaves the outcome unknown; whoever moves money asks again.
            DbException { IsTransient: true } or InvalidOperationException { InnerException: DbException { IsTransient: true } } =>
                new Wire(nameof(GrainUnavailableException), "", 0, true),
            RemoteGrainException remote => new Wire(remote.TypeName, remote.Message, 0, false),
            _ => new Wire(exception.GetType().FullName ?? exception.GetType().Name, exception.Message, 0, false),
        };
        JsonSerializer.Serialize(json, failure);
    }

    public Exception Read(GrainId grain, ReadOnlySpan<byte> json)
    {
        var failure = JsonSerializer.Deserialize<Wire>(json) ?? new Wire("", "", 0, false);
        return failure.Type switch
        {
            nameof(GrainBusyException) => new GrainBusyException(grain, TimeSpan.FromMilliseconds(failure.RetryAfterMs)),
            nameof(GrainUnavailableException) => new GrainUnavailableException(grain, failure.Begun),
            _ => _known.TryGetValue(failure.Type, out var make) ? make(failure.Message) : new RemoteGrainException(failure.Type, failure.Message),
        };
    }

    private sealed record Wire(string Type, string Message, long RetryAfterMs, bool Begun);
}
