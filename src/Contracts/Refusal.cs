using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace LiveCommerce.Contracts;

/// <summary>A typed "no": nothing has happened, and the message says what to do next.</summary>
/// <param name="Code">Stable; programs decide on it. On the wire a number.</param>
/// <param name="Message">One or two sentences for a person.</param>
public sealed record Refusal(RefusalCode Code, string Message)
{
    /// <summary>The code's name in snake_case, for logs and readers of the wire: <c>insufficient_coins</c>.</summary>
    public string Name => RefusalNames.Of(Code);

    /// <summary>When a retry can succeed, in milliseconds; absent when a retry is pointless.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? RetryAfterMs { get; init; }

    /// <summary>The amounts the message names, by name (<c>balance</c>, <c>price</c>, <c>stock</c>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, long>? Amounts { get; init; }
}

/// <summary>An answer that may be a "no", whatever the "yes" would be.</summary>
public interface IRefusable
{
    /// <summary>Why not; null: it is a yes.</summary>
    Refusal? Refusal { get; }
}

/// <summary>Either what was asked for, or why not.</summary>
/// <typeparam name="T">The answer.</typeparam>
public sealed record Result<T> : IRefusable
    where T : class
{
    /// <summary>The answer; null exactly when <see cref="Refusal"/> is set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public T? Value { get; init; }

    /// <summary>Why not; null exactly when <see cref="Value"/> is set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Refusal? Refusal { get; init; }

    /// <summary>Whether there is an answer.</summary>
    [JsonIgnore]
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool Ok => Value is not null;

    /// <summary>A method returns its answer as it is.</summary>
    public static implicit operator Result<T>(T value) => new() { Value = value };

    /// <summary>A method returns its refusal as it is.</summary>
    public static implicit operator Result<T>(Refusal refusal) => new() { Refusal = refusal };
}

/// <summary>The answer of a command that has nothing to tell but that it is done.</summary>
public sealed record Done
{
    /// <summary>The one value.</summary>
    public static Done Value { get; } = new();
}
