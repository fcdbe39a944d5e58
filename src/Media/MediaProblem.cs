namespace LiveCommerce.Media;

/// <summary>Why bytes can't be carried as media.</summary>
public enum MediaFault
{
    /// <summary>Not the structure that the format asks for.</summary>
    Malformed = 1,

    /// <summary>A declared or real size above its bound.</summary>
    TooLarge = 2,

    /// <summary>Well-formed, but a codec or a layout that players can't show.</summary>
    Unsupported = 3,

    /// <summary>Time ran backwards within a track.</summary>
    OutOfOrder = 4,

    /// <summary>No place to cut a segment for too long.</summary>
    KeyframesTooFar = 5,
}

/// <summary>A typed "no" to media: the reader that gave it reads no further.</summary>
/// <param name="Fault">What kind.</param>
/// <param name="Message">For the log and the streamer's notice.</param>
public sealed record MediaProblem(MediaFault Fault, string Message);
