namespace LiveCommerce.Gateway.MessagePack;

/// <summary>Writes and reads one type as MessagePack.</summary>
internal abstract class WireConverter
{
    /// <summary>Writes a value whose type is known only now.</summary>
    public abstract void WriteBoxed(ref MessagePackWriter writer, object value);

    /// <summary>Reads a value, or null where the type has one.</summary>
    public abstract object? ReadBoxed(ref MessagePackReader reader);
}

/// <inheritdoc/>
internal abstract class WireConverter<T> : WireConverter
{
    /// <summary>Writes what is not null.</summary>
    public abstract void Write(ref MessagePackWriter writer, T value);

    /// <summary>Reads what is not nil.</summary>
    public abstract T Read(ref MessagePackReader reader);

    public void WriteOrNil(ref MessagePackWriter writer, T? value)
    {
        if (value is null) { writer.WriteNil(); }
        else { Write(ref writer, value); }
    }

    public T? ReadOrNil(ref MessagePackReader reader) => default(T) is null && reader.TryReadNil() ? default : Read(ref reader);

    public sealed override void WriteBoxed(ref MessagePackWriter writer, object value) => Write(ref writer, (T)value);

    public sealed override object? ReadBoxed(ref MessagePackReader reader) => ReadOrNil(ref reader);
}
