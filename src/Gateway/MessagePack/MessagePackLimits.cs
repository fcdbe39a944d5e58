using LiveCommerce.Contracts;

namespace LiveCommerce.Gateway.MessagePack;

/// <summary>What a reader takes from outside, whatever the input declares.</summary>
internal static class MessagePackLimits
{
    /// <summary>How deep arrays and maps may nest: the wire's own bound, in a message's list of arguments.</summary>
    public const int DepthMax = WireJson.DepthMax + 2;

    /// <summary>Bytes of one text.</summary>
    public const int TextBytesMax = 1024 * 1024;

    /// <summary>Items of one array, or entries of one map.</summary>
    public const int CountMax = 16 * 1024;

    /// <summary>Bytes of one message that is written; more is a bug.</summary>
    public const int WrittenBytesMax = 16 * 1024 * 1024;
}
