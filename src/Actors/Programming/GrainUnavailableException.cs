namespace LiveCommerce.Actors;

/// <summary>The process that should answer is stopping. The call may be retried elsewhere, with the same idempotency key.</summary>
/// <param name="grain">Who was called.</param>
/// <param name="begun">Whether the turn had begun: then its outcome is unknown; otherwise nothing was decided.</param>
public sealed class GrainUnavailableException(GrainId grain, bool begun)
    : Exception(begun
        ? $"{grain} was cut off because its process stops; whether it took effect is unknown. Retry with the same key."
        : $"{grain} cannot be reached because its process stops; nothing was decided. Retry in a moment.")
{
    /// <summary>Who was called.</summary>
    public GrainId Grain { get; } = grain;

    /// <summary>Whether the turn had begun: then its outcome is unknown.</summary>
    public bool Begun { get; } = begun;
}
